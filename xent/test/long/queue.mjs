// node xent/test/long/queue.mjs [KILLS] [RESTARTS] [SEED]: kills workers and the broker during one run over 4 workers (queueing.mjs).
import { queueing } from "./queueing.mjs";

const [kills = 50, restarts = 3, seed = 1] = process.argv.slice(2).map(Number);
const { problems, ...counts } = await queueing({ kills, restarts, seed, ranges: 1000, say: (line) => console.log(line) });
console.log(JSON.stringify(counts), `${problems.length} problems`);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
