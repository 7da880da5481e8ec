/**
 * A transform of asc that inlines every top-level constant, as if it were decorated with `@inline`. Undecorated constants are
 * globals until the optimizer's last passes, and half of the kernels come out with other loops and calls.
 */
import { CommonFlags, Node, NodeKind } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

export default class InlineConstants extends Transform {
  /** @param {import("assemblyscript").Parser} parser */
  afterParse(parser) {
    for (const source of parser.sources) {
      if (source.isLibrary) continue;
      for (const statement of source.statements) {
        if (statement.kind !== NodeKind.Variable) continue;
        const { declarations } = /** @type {import("assemblyscript").VariableStatement} */ (statement);
        for (const declaration of declarations) {
          if (!declaration.is(CommonFlags.Const)) continue;
          const name = Node.createIdentifierExpression("inline", declaration.range);
          declaration.decorators = [Node.createDecorator(name, null, declaration.range)];
        }
      }
    }
  }
}
