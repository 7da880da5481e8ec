// node xent/test/long/kill.mjs [KILLS] [SEED]: kills runs with kill -9 at random moments and resumes them (killing.mjs).
import { killing } from "./killing.mjs";

const [kills = 100, seed = 1] = process.argv.slice(2).map(Number);
const { problems, ...counts } = await killing({ kills, seed, say: (line) => console.log(line) });
console.log(JSON.stringify(counts), `${problems.length} problems`);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
