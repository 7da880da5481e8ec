// A server's program, for bundlers: WORKER may say where the worker's file is. No top-level await, which CommonJS has not.
import { useAll } from "./program.mjs";

const workerUrl = process.env.WORKER;
useAll(workerUrl === undefined ? {} : { workerUrl }).then((outcome) => console.log(JSON.stringify(outcome)));
