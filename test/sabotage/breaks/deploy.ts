import type { Break } from "../break.ts";

const ROLLOUT = ["test/deploy/rollout.test.ts"];

/** Promises of the files that are shipped for operators. */
export const DEPLOY_BREAKS: readonly Break[] = [
  {
    title: "nginx logs the secret of the callback URL",
    file: "deploy/nginx/portico.conf",
    from: "~^/callbacks/ /callbacks/-;",
    to: "",
    tests: ROLLOUT,
  },
  {
    title: "nginx tries no other instance",
    file: "deploy/nginx/portico.conf",
    from: "proxy_next_upstream error timeout http_503;",
    to: "proxy_next_upstream off;",
    tests: ROLLOUT,
  },
  {
    title: "HAProxy logs the secret of the callback URL",
    file: "deploy/haproxy/haproxy.cfg",
    from: "http-request set-var(txn.path) str(/callbacks/-) if { path_beg /callbacks/ }",
    to: "",
    tests: ROLLOUT,
  },
  {
    title: "HAProxy answers where no instance is ready",
    file: "deploy/haproxy/haproxy.cfg",
    from: "use_backend any if { nbsrv(ready) eq 0 }",
    to: "",
    tests: ["test/deploy/haproxy.test.ts"],
  },
  {
    title: "HAProxy tries no other instance",
    file: "deploy/haproxy/haproxy.cfg",
    from: "retries 3\n  option redispatch 1\n  retry-on conn-failure 503",
    to: "retries 0",
    tests: ROLLOUT,
  },
];
