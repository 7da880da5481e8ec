/** The package's version. test/package/version.test.ts compares it with package.json. */
export const version = "0.1.0";
