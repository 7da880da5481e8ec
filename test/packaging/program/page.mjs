// A page's script. The query may say where the worker's file is, as a page that keeps it elsewhere would.
import { useAll } from "./program.mjs";

const workerUrl = new URLSearchParams(location.search).get("worker");
const outcome = await useAll(workerUrl === null ? {} : { workerUrl: new URL(workerUrl, location.href) });
document.querySelector("output").textContent = JSON.stringify(outcome);
