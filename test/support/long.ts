/** Whether `npm run test:long` runs (vitest.long.config.ts): more of what `npm test` tries a part of. */
export const isLong = process.env.TEST_LONG === "1";
