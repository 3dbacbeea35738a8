import "./entities.queries.ts";
import "./node.queries.ts";
import "./service.queries.ts";
