// An ONNX model that returns last_hidden_state instead of logits, made of one that returns logits: so the repository has one model.
// Source: onnx.proto. A message is a list of fields; each has a number, a wire type and a value.

/** The fields of a message: [number, value, the field's bytes]. Values are of wire type 2, bytes; other fields have none. */
function* fieldsOf(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const from = at;
    const varint = () => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes[at++];
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return Number(value);
      }
    };
    const key = varint();
    let value;
    if (key % 8 === 0) varint();
    else if (key % 8 === 2) {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    } else at += key % 8 === 1 ? 8 : 4;
    yield [key >> 3, value, bytes.subarray(from, at)];
  }
}

function varint(value) {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const field = (number, value) => Buffer.concat([Buffer.from([number * 8 + 2, ...varint(value.length)]), Buffer.from(value)]);
const textOf = (message, number) => Array.from(fieldsOf(message)).flatMap(([n, value]) => (n === number ? String(value) : []));

const [MODEL_GRAPH, GRAPH_NODE, GRAPH_OUTPUT] = [7, 1, 12];
const [NODE_INPUT, NODE_OUTPUT, NODE_OP_TYPE] = [1, 2, 4];

/** The model with the first input of the node that gives the logits as its output, and without the logits. */
export function withHiddenStates(model) {
  return Buffer.concat(
    Array.from(fieldsOf(model), ([number, value, whole]) => (number === MODEL_GRAPH ? field(number, graphOf(value)) : whole)),
  );
}

function graphOf(graph) {
  const fields = Array.from(fieldsOf(graph), ([number, value, whole]) => ({ number, value, whole }));
  const isLast = ({ number, value }) => number === GRAPH_NODE && textOf(value, NODE_OUTPUT).includes("logits");
  const isLogits = ({ number, value }) => number === GRAPH_OUTPUT && textOf(value, 1).includes("logits");
  const [hidden] = textOf(fields.find(isLast).value, NODE_INPUT);
  const node = [field(NODE_INPUT, hidden), field(NODE_OUTPUT, "last_hidden_state"), field(NODE_OP_TYPE, "Identity")];
  // ValueInfoProto: name, type { tensor_type { elem_type: float } }
  const output = [field(1, "last_hidden_state"), field(2, field(1, [8, 1]))];
  return Buffer.concat([
    ...fields.filter((given) => !isLast(given) && !isLogits(given)).map(({ whole }) => whole),
    field(GRAPH_NODE, Buffer.concat(node)),
    field(GRAPH_OUTPUT, Buffer.concat(output)),
  ]);
}
