/**
 * Caches results per case. Suites run every case on every backend, and the f64 reference takes longer than all backends together.
 * Keys are compared as JSON, so the JSON of two cases must differ.
 */
export function remembered(): <Result>(key: unknown, compute: () => Result) => Result {
  const results = new Map<string, unknown>();
  return <Result>(key: unknown, compute: () => Result): Result => {
    const text = JSON.stringify(key);
    if (!results.has(text)) results.set(text, compute());
    return results.get(text) as Result;
  };
}
