/**
 * Builds ONNX models at run time: encodes a graph as the bytes of a ModelProto, with protobufjs. The schema is the part of ONNX's
 * onnx.in.proto (github.com/onnx/onnx) that these graphs use, with its field numbers.
 */
import protobuf from "protobufjs";

const SCHEMA = `
  syntax = "proto3";
  message AttributeProto { string name = 1; int64 i = 3; bytes s = 4; int32 type = 20; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string op_type = 4; repeated AttributeProto attribute = 5;
  }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { int64 dim_value = 1; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto { int64 ir_version = 1; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }
`;

const ModelProto = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("ModelProto");

/** IR version 8 (2021) belongs to operator set 16, the first in which ScatterElements can add. */
const IR_VERSION = 8;
const OPERATOR_SET = 16;

/** TensorProto.DataType */
const DATA_TYPES = { float32: 1, int64: 7 };
/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES = { INT: 2, STRING: 3 };

/** @typedef {keyof typeof DATA_TYPES} DataType */

/**
 * @param {string} name
 * @param {DataType} type
 * @param {readonly number[]} dims none for a scalar
 */
export function value(name, type, dims) {
  const shape = { dim: dims.map((size) => ({ dim_value: size })) };
  return { name, type: { tensor_type: { elem_type: DATA_TYPES[type], shape } } };
}

/**
 * @param {string} name
 * @param {Float32Array | BigInt64Array} data
 * @param {readonly number[]} dims
 */
export function constant(name, data, dims) {
  const type = data instanceof Float32Array ? DATA_TYPES.float32 : DATA_TYPES.int64;
  return { name, dims, data_type: type, raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * @param {string} operator
 * @param {readonly string[]} input
 * @param {readonly string[]} output
 * @param {Record<string, number | string>} [attributes]
 */
export function node(operator, input, output, attributes = {}) {
  const attribute = Object.entries(attributes).map(([name, setting]) =>
    typeof setting === "number"
      ? { name, type: ATTRIBUTE_TYPES.INT, i: setting }
      : { name, type: ATTRIBUTE_TYPES.STRING, s: new TextEncoder().encode(setting) },
  );
  return { op_type: operator, input, output, attribute };
}

/**
 * @typedef {object} Graph
 * @property {ReturnType<typeof node>[]} node in the order of execution
 * @property {ReturnType<typeof constant>[]} initializer
 * @property {ReturnType<typeof value>[]} input
 * @property {ReturnType<typeof value>[]} output
 */

/** @param {Graph} graph */
export function modelOf(graph) {
  const model = {
    ir_version: IR_VERSION,
    opset_import: [{ domain: "", version: OPERATOR_SET }],
    graph: { name: "cross_entropy", ...graph },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}
