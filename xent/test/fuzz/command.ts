import { type Outcome as Printed, runHere } from "../cli/stand-in.js";
import { demand, type Outcome } from "./fault.js";

/** Exit codes that a command may end with when nobody interrupts it: success, output that cannot be written, input that cannot be used. */
const CODES: readonly number[] = [0, 1, 2];

/**
 * Runs the command line in this process and checks what it may print whatever it is given: one line of at most 300 characters on
 * stderr, no trace, no bug.
 */
export async function runChecked(
  argv: readonly string[],
  more: Parameters<typeof runHere>[1] = {},
): Promise<Printed & { outcome: Outcome }> {
  const printed = await runHere(argv, more);
  const { code, stdout, stderr } = printed;
  demand(CODES.includes(code), "an unexpected exit code", { code, stderr });
  demand(!stderr.includes("this is a bug in xent"), "said to be a bug of xent", stderr);
  const lines = stderr.split("\n").filter((line) => line !== "");
  demand(lines.length <= (code === 0 ? 1 : 2), "more than one line on stderr", stderr);
  for (const line of lines) {
    demand(line.startsWith("xent: ") && line.length <= 306, "an error that is not one line of at most 300 characters", line);
    demand(!/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(line), "control characters on stderr", line);
  }
  demand(code === 0 || lines.length > 0, "fails without a word", { code, stdout });
  const isJson = stdout.startsWith("{") && argv.includes("--json") && ["score", "compare"].includes(argv[0] ?? "");
  if (isJson) checkTotals(stdout);
  return { ...printed, outcome: code === 0 ? "read" : "refused" };
}

/** Totals are possible ones, whatever the input. */
function checkTotals(stdout: string): void {
  const totals = JSON.parse(stdout) as Readonly<Record<string, number | null | undefined>>;
  const { tokens, rows, accuracy, perplexity, bytes } = totals;
  demand(typeof tokens === "number" && typeof rows === "number" && tokens <= rows, "more tokens than rows", totals);
  demand(accuracy === null || accuracy === undefined || (accuracy >= 0 && accuracy <= 1), "an impossible accuracy", totals);
  demand(perplexity === null || perplexity === undefined || perplexity >= 0.999999, "an impossible perplexity", totals);
  demand(bytes === undefined || bytes === null || bytes >= 0, "impossible bytes", totals);
}
