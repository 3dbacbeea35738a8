/** A running router in front of the example's graph. */
export interface RunningRouter {
  /** The URL of GraphQL. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** What a router is started from. */
export interface RouterEnvironment {
  /** Portico's base URL. */
  readonly portico: string;
  /** A credential with which Portico may be introspected. */
  readonly authorization: string;
}

/** A row of the table of routers. */
export interface Router {
  readonly name: string;
  /** How it receives Portico's events; null if it serves no subscriptions. */
  readonly transport: string | null;
  /** The port to which Portico posts events, for the router that wants it. */
  readonly callbackPort?: number;
  readonly start: (environment: RouterEnvironment) => Promise<RunningRouter>;
}
