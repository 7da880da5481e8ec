// A process: prints what it got and ends by itself, which shows that an engine that is closed keeps nothing alive.
import { useAll } from "./program.mjs";

console.log(JSON.stringify(await useAll({})));
