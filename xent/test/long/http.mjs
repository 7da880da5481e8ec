// node xent/test/long/http.mjs [GIGABYTES] [SEED]: scores a file behind a local server with cut, slow and failing connections (httping.mjs).
import { httping } from "./httping.mjs";

const [gigabytes = 2, seed = 1] = process.argv.slice(2).map(Number);
const { problems, ...counts } = await httping({ bytes: gigabytes * 1e9, seed, say: (line) => console.log(line) });
console.log(JSON.stringify(counts), `${problems.length} problems`);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
