import type { Input } from "../../contract/operations.ts";
import type { ExportColumn, ExportFormat } from "../../contract/vocabulary.ts";
import { validate } from "../../gateway/request.ts";
import { badUserInput, dateRange } from "../kernel/arguments.ts";
import type { Links, SignedLink } from "../kernel/context.ts";
import { omitNullish } from "../kernel/omit.ts";

interface ExportArguments {
  readonly from: string;
  readonly to: string;
  readonly format: (typeof ExportFormat.values)[number];
  readonly serialNumbers?: readonly string[] | null | undefined;
  readonly employeeCodes?: readonly string[] | null | undefined;
  readonly columns?: readonly string[] | null | undefined;
}

type Column = (typeof ExportColumn.values)[number];

/**
 * Signs a link that streams ExportAttendance.
 * @throws a GraphQLError with the code BAD_USER_INPUT, or an InvalidInputError, if the gateway would reject the export.
 */
export const exportLink = (args: ExportArguments, links: Links): SignedLink => {
  if (args.columns != null && args.format !== "csv")
    throw badUserInput("columns", "`columns` must be omitted unless `format` is CSV.");
  const input: Input<"ExportAttendance"> = {
    ...dateRange(args),
    Format: args.format,
    ...omitNullish({
      DeviceSN: args.serialNumbers && [...args.serialNumbers],
      EmployeeCode: args.employeeCodes && [...args.employeeCodes],
      Columns: args.columns && ([...args.columns] as Column[]),
    }),
  };
  validate("ExportAttendance", input);
  return links.attendanceExport(input);
};
