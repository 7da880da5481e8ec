export const isAddress = (path: string): boolean => /^https?:\/\//i.test(path);

/** An address without user, password, query and fragment, for errors, titles and fingerprints. Other names stay as they are. */
export function withoutSecrets(name: string): string {
  const [scheme] = /^[a-z][a-z\d+.-]*:\/\//i.exec(name) ?? [];
  if (scheme === undefined) return name;
  if (!URL.canParse(name))
    return (
      scheme +
      name
        .slice(scheme.length)
        .replace(/^.*@/s, "")
        .replace(/[?#].*$/s, "")
    );
  const { protocol, host, pathname } = new URL(name);
  return `${protocol}//${host}${pathname}`;
}

/** An address that asks for the same file, without user and password. Other names stay as they are. */
export function withoutLogin(name: string): string {
  if (!isAddress(name) || !URL.canParse(name)) return name;
  const url = new URL(name);
  [url.username, url.password] = ["", ""];
  return url.href;
}
