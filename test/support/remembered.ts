/**
 * Results by their case, each computed once: the suites run every case over every backend, and the f64 reference takes longer than
 * all of them. Keys are compared as JSON, which must tell the cases apart.
 */
export function remembered(): <Result>(key: unknown, compute: () => Result) => Result {
  const results = new Map<string, unknown>();
  return <Result>(key: unknown, compute: () => Result): Result => {
    const text = JSON.stringify(key);
    if (!results.has(text)) results.set(text, compute());
    return results.get(text) as Result;
  };
}
