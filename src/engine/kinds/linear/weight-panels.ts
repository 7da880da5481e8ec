/**
 * Rows of the weight for the kernels: f32, in panels of up to LINEAR_PANEL classes. An f32 weight in the engine's memory is read
 * in place. Others are copied, 16-bit floats and integers made f32 on the way, a panel at a time and right before its use.
 */
import { type Int8Weight, type Uint4Weight, weightBlocks } from "../../../linear-weight.js";
import { LINEAR_PANEL } from "../../../memory/constants.js";
import type { Workspace } from "../../tiles/workspace.js";
import { isIntegers, type JobWeight } from "./job.js";
import { clearPadding, loadBytes, loadRows, paddedWidth, rowsInPlace } from "./load-rows.js";

/** Addresses of room for a panel, and for what it is made of if that is integers. */
export interface PanelRoom {
  readonly panel: number;
  readonly integers: number;
  readonly scales: number;
  readonly zeroPoints: number;
}

/** Elements of these parts. */
export function panelElements(workspace: Workspace, weight: JobWeight): PanelRoom {
  const classes = Math.min(LINEAR_PANEL, weight.classes);
  const isResident = !isIntegers(weight) && rowsInPlace(workspace, weight.data, weight.width) >= 0;
  const panel = isResident ? 0 : classes * paddedWidth(weight.width);
  if (!isIntegers(weight)) return { panel, integers: 0, scales: 0, zeroPoints: 0 };
  const perClass = (length: number): number => length / weight.classes;
  return {
    panel,
    integers: Math.ceil((classes * perClass(weight.data.length)) / 4),
    scales: classes * perClass(weight.scales.length),
    zeroPoints:
      weight.format === "uint4" && weight.zeroPoints ? Math.ceil((classes * perClass(weight.zeroPoints.length)) / 4) : 0,
  };
}

export class WeightPanels {
  /** Elements of a loaded row. */
  readonly width: number;
  readonly #workspace: Workspace;
  readonly #weight: JobWeight;
  readonly #resident: number;
  readonly #room: PanelRoom;
  #first = -1;
  #classes = 0;

  constructor(workspace: Workspace, weight: JobWeight, room: PanelRoom) {
    this.width = paddedWidth(weight.width);
    this.#workspace = workspace;
    this.#weight = weight;
    this.#resident = isIntegers(weight) ? -1 : rowsInPlace(workspace, weight.data, weight.width);
    this.#room = room;
  }

  /** Most classes that are loaded together. */
  get most(): number {
    return this.#resident >= 0 ? this.#weight.classes : LINEAR_PANEL;
  }

  /** Loads the rows of some classes and returns their address. */
  load(first: number, classes: number): number {
    if (this.#resident >= 0) return this.#resident + first * this.width * 4;
    const { panel } = this.#room;
    if (first === this.#first && classes <= this.#classes) return panel;
    this.#first = first;
    this.#classes = classes;
    const weight = this.#weight;
    if (!isIntegers(weight)) loadRows(this.#workspace, weight.data, first * weight.width, classes, weight.width, panel);
    else if (weight.format === "int8") this.#loadInt8(weight, first, classes);
    else this.#loadUint4(weight, first, classes);
    return panel;
  }

  #loadInt8({ data, width, scales, blockSize }: Int8Weight, first: number, classes: number): void {
    const workspace = this.#workspace;
    const room = this.#room;
    const blocks = Math.ceil(width / blockSize);
    loadBytes(workspace, data, first * width, classes * width, room.integers);
    loadBytes(workspace, scales, first * blocks, classes * blocks, room.scales);
    workspace.kernels.dequantizeInt8(room.integers, classes, width, room.scales, blockSize, room.panel);
    clearPadding(workspace, classes, width, room.panel);
  }

  #loadUint4({ data, width, scales, zeroPoints }: Uint4Weight, first: number, classes: number): void {
    const workspace = this.#workspace;
    const room = this.#room;
    const blocks = weightBlocks(width);
    const zeroBytes = Math.ceil(blocks / 2);
    loadBytes(workspace, data, first * blocks * 16, classes * blocks * 16, room.integers);
    loadBytes(workspace, scales, first * blocks, classes * blocks, room.scales);
    if (zeroPoints) loadBytes(workspace, zeroPoints, first * zeroBytes, classes * zeroBytes, room.zeroPoints);
    workspace.kernels.dequantizeUint4(room.integers, classes, width, room.scales, room.zeroPoints, room.panel);
    clearPadding(workspace, classes, width, room.panel);
  }
}
