import "./system.queries.ts";
import "./system.type.ts";
