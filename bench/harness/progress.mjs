/**
 * Overwrites a status line on stderr, if that is a terminal.
 *
 * @param {string} text
 */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
