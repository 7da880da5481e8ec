/** Random shapes with a class axis, and the index of row r's class c. */
import fc from "fast-check";

export interface Layout {
  readonly shape: readonly number[];
  /** Axis, possibly negative (counted from the end). */
  readonly axis: number;
  readonly rows: number;
  readonly classes: number;
  readonly inner: number;
  /** Elements from row to row; more than the number of classes for padded rows (class axis last). */
  readonly stride: number;
  readonly length: number;
  readonly rowShape: readonly number[];
}

export function layOut(shape: readonly number[], axis = -1, stride?: number): Layout {
  const place = axis < 0 ? shape.length + axis : axis;
  const classes = shape[place];
  const rowShape = shape.filter((_, index) => index !== place);
  const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);
  const rows = product(rowShape);
  const inner = product(shape.slice(place + 1));
  const length = stride === undefined ? rows * classes : rows * stride;
  return { shape, axis, rows, classes, inner, stride: stride ?? classes, length, rowShape };
}

/** Index of row r's class c by the definition of row-major order. */
export function elementAt({ classes, inner, stride }: Layout, row: number, c: number): number {
  if (inner === 1) return row * stride + c;
  return Math.floor(row / inner) * classes * inner + c * inner + (row % inner);
}

/** Lays out rows x classes values; padding becomes `filler`. */
export function spread(layout: Layout, dense: Float32Array, filler = Number.NaN): Float32Array {
  const { rows, classes, inner } = layout;
  const result = new Float32Array(layout.length).fill(filler);
  for (let row = 0; row < rows; row++) {
    const values = dense.subarray(row * classes, (row + 1) * classes);
    const start = elementAt(layout, row, 0);
    if (inner === 1) result.set(values, start);
    else for (let c = 0; c < classes; c++) result[start + c * inner] = values[c];
  }
  return result;
}

/** The rows x classes values that are laid out so, without padding. */
export function gather(layout: Layout, laidOut: Float32Array): Float32Array {
  const { rows, classes, inner } = layout;
  const result = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const start = elementAt(layout, row, 0);
    for (let c = 0; c < classes; c++) result[row * classes + c] = laidOut[start + c * inner];
  }
  return result;
}

/** Numbers of classes around the vector, the limits for few classes (64, 128) and a block (512). */
const classCounts = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 20 }), weight: 4 },
  { arbitrary: fc.integer({ min: 61, max: 68 }), weight: 2 },
  { arbitrary: fc.integer({ min: 127, max: 130 }), weight: 1 },
  { arbitrary: fc.integer({ min: 510, max: 515 }), weight: 1 },
);

/** Upper limit for the elements of a random case, because the f64 reference is slow. */
const MOST_ELEMENTS = 6000;

/** Rank 1 to 5, class axis anywhere; if it is last, every third case has padded rows. */
export const layouts: fc.Arbitrary<Layout> = fc
  .record({
    others: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
    classes: classCounts,
    place: fc.nat(4),
    fromEnd: fc.boolean(),
    padding: fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.integer({ min: 0, max: 200 })),
  })
  .map(({ others, classes, place, fromEnd, padding }) => {
    let sizes = others;
    const total = (): number => sizes.reduce((product, size) => product * size, classes);
    while (total() > MOST_ELEMENTS) {
      const widest = sizes.indexOf(Math.max(...sizes));
      sizes = sizes.map((size, index) => (index === widest ? 1 : size));
    }
    const axis = place % (sizes.length + 1);
    const shape = [...sizes.slice(0, axis), classes, ...sizes.slice(axis)];
    const isLast = axis === shape.length - 1;
    return layOut(shape, fromEnd ? axis - shape.length : axis, isLast && padding !== undefined ? classes + padding : undefined);
  });
