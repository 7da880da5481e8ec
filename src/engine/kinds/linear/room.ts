/** The memory of a job of linear cross-entropy beside the tiles, until the job is done. */
import type { Workspace } from "../../tiles/workspace.js";

/** Kernels read and write up to 28 bytes past a part. */
const SLACK = 64;

/** Calls `use` with the addresses of parts of these numbers of f32 elements, 0 for none, which it may use until it returns. */
export function withRoom<Name extends string>(
  workspace: Workspace,
  elements: Readonly<Record<Name, number>>,
  use: (room: Readonly<Record<Name, number>>) => void,
): void {
  const parts = Object.entries(elements) as [Name, number][];
  const start = workspace.rooms.allocate(parts.reduce((total, [, count]) => total + sizeOf(count), 0));
  try {
    workspace.keepBuffer();
    let next = start;
    const addresses = parts.map(([name, count]): [Name, number] => {
      const address = count > 0 ? next : 0;
      next += sizeOf(count);
      return [name, address];
    });
    use(Object.fromEntries(addresses) as Record<Name, number>);
  } finally {
    workspace.rooms.free(start);
  }
}

/** Bytes of a part; none for no elements. */
function sizeOf(elements: number): number {
  return elements === 0 ? 0 : Math.ceil((elements * 4 + SLACK) / 64) * 64;
}
