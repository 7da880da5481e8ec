// Starts a Redis server for a test, on a free port of this machine, with its data in a folder.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts a server that keeps what it has in `folder`.
 *
 * @param {string} folder
 * @param {{ keeps?: boolean }} how
 */
export async function redisServer(folder, { keeps = true } = {}) {
  const port = await freePort();
  const program = process.env["REDIS_SERVER"] ?? "redis-server";
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    keeps ? "yes" : "no",
    "--dir",
    folder,
  ];
  let child = spawn(program, args, { stdio: "ignore" });
  const ready = async () => {
    while (!(await answers(port))) await setTimeout(20);
  };
  await ready();
  /** @param {NodeJS.Signals} signal */
  const stop = async (signal = "SIGTERM") => {
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    stop,
    async start() {
      child = spawn(program, args, { stdio: "ignore" });
      await ready();
    },
  };
}

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", (data) => {
      resolve(String(data).startsWith("+PONG"));
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}
