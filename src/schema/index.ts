import "./kernel/scalars.ts";
import "./access/index.ts";
import "./attendance/index.ts";
import "./command/index.ts";
import "./device/index.ts";
import "./federation/index.ts";
import "./realtime/index.ts";
import "./system/index.ts";
import "./user/index.ts";
import { GraphQLSchema } from "graphql";
import { builder } from "./kernel/builder.ts";
import { type SdlOptions, withSdl } from "./federation/sdl.ts";
import { withTypePrefix } from "./kernel/type-prefix.ts";

export { clientSdl, subgraphSdl } from "./federation/sdl.ts";

/** The options of `buildSchema`. */
export interface SchemaOptions extends SdlOptions {
  /**
   * The prefix of every type name but those of the root types, the standard scalars and federation.
   * @default ""
   */
  readonly typePrefix?: string;
}

const DESCRIPTION = `
Devices, users, attendance and doors behind a biometric gateway.

Start with \`devices\`, \`users\` or \`punches\`; open a door with \`openDoor\`; follow what happens with the subscriptions.
A mutation that sends commands to devices returns one \`Command\` per device: a \`QUEUED\` command has not happened yet.
Lists are connections: pass \`pageInfo.endCursor\` as \`after\` to read the next page.
A \`LocalDateTime\` is on the wall clock of a device; a \`DateTime\` is an instant.
`.trim();

/** Builds the schema. The options say how it appears to supergraphs. */
export const buildSchema = ({ typePrefix = "", ...sdl }: SchemaOptions = {}): GraphQLSchema => {
  const schema = new GraphQLSchema({ ...builder.toSchema().toConfig(), description: DESCRIPTION });
  return withSdl(typePrefix === "" ? schema : withTypePrefix(schema, typePrefix), sdl);
};
