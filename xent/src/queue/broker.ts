import type { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { withoutSecrets } from "../files/address.js";
import { InputError } from "../files/input-error.js";
import { oneLine } from "../one-line.js";

/** The queue of all runs; a job names its run. */
export const QUEUE = "xent";

/** Milliseconds until a broker that does not answer counts as unreachable. */
const CONNECT_TIMEOUT = 10_000;

/** The most milliseconds between two tries to reach a broker again. */
const LONGEST_PAUSE = 1000;

/** Redis or Valkey, and what BullMQ makes of it. */
export interface Broker {
  /** The address without its password, for errors. */
  readonly label: string;
  readonly Queue: typeof Queue;
  readonly Worker: typeof Worker;
  readonly UnrecoverableError: new (message: string) => Error;
  /** A connection that waits for a broker that is away, and so do its commands. */
  connect(): Redis;
}

/**
 * Loads BullMQ and reaches the broker once.
 * @throws InputError when a package is missing, or the broker cannot be reached
 */
export async function openBroker(address: string): Promise<Broker> {
  const isRedis = /^rediss?:\/\//.test(address) && URL.canParse(address) && /^(\/\d*)?$/.test(new URL(address).pathname);
  if (!isRedis) {
    // without the value: what is wrong in it may be its password
    throw new InputError(
      "--queue: expected an address redis://HOST:PORT, or redis://:PASSWORD@HOST:PORT with / ? # @ in the password as %2F %3F %23 %40",
    );
  }
  const label = withoutSecrets(address);
  const { bullmq, ioredis } = await loaded();
  await checkReachable(new ioredis.Redis(address, { ...ONCE, connectTimeout: CONNECT_TIMEOUT }), label);
  return {
    label,
    Queue: bullmq.Queue,
    Worker: bullmq.Worker,
    UnrecoverableError: bullmq.UnrecoverableError,
    connect: () => new ioredis.Redis(address, PATIENT),
  };
}

const ONCE = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null };

const PATIENT = {
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(LONGEST_PAUSE, 50 * times),
};

async function loaded() {
  try {
    return { bullmq: await import("bullmq"), ioredis: await import("ioredis") };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new InputError("--queue: needs the packages bullmq and ioredis; install them beside xent: npm install bullmq ioredis");
  }
}

async function checkReachable(redis: Redis, label: string): Promise<void> {
  // without a listener it prints its errors
  redis.on("error", () => {});
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const reason = error instanceof Error ? oneLine(error.message) : String(error);
    throw new InputError(`${label}: the queue cannot be reached (${reason}); start Redis or Valkey there, or check --queue`);
  } finally {
    redis.disconnect();
  }
}
