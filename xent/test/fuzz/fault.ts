/** What a fuzzer has found: a sentence, for the report. */
export class Fault extends Error {
  override readonly name: string = "Fault";
}

/** Whether the input was used. */
export type Outcome = "read" | "refused";

/** @throws Fault unless `holds` */
export function demand(holds: boolean, what: string, got?: unknown): void {
  if (!holds)
    throw new Fault(got === undefined ? what : `${what}: ${typeof got === "string" ? got : JSON.stringify(got)}`.slice(0, 1000));
}
