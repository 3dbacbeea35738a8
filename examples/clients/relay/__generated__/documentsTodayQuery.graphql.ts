/**
 * @generated SignedSource<<46071cf935e51f403dba3cfc725b967e>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type documentsTodayQuery$variables = Record<PropertyKey, never>;
export type documentsTodayQuery$data = {
  readonly attendanceToday: {
    readonly cursor: string;
    readonly punches: {
      readonly nodes: ReadonlyArray<{
        readonly id: string;
        readonly localTime: string;
        readonly user: {
          readonly employeeCode: string;
          readonly id: string;
          readonly name: string | null | undefined;
        };
      }>;
    };
  } | null | undefined;
};
export type documentsTodayQuery = {
  response: documentsTodayQuery$data;
  variables: documentsTodayQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v1 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "AttendanceToday",
    "kind": "LinkedField",
    "name": "attendanceToday",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "cursor",
        "storageKey": null
      },
      {
        "alias": null,
        "args": [
          {
            "kind": "Literal",
            "name": "first",
            "value": 100
          }
        ],
        "concreteType": "PunchConnection",
        "kind": "LinkedField",
        "name": "punches",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "Punch",
            "kind": "LinkedField",
            "name": "nodes",
            "plural": true,
            "selections": [
              (v0/*:: as any*/),
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "localTime",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "concreteType": "User",
                "kind": "LinkedField",
                "name": "user",
                "plural": false,
                "selections": [
                  (v0/*:: as any*/),
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "employeeCode",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "name",
                    "storageKey": null
                  }
                ],
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": "punches(first:100)"
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "documentsTodayQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "documentsTodayQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "819bed60671e2fdc22935696eb34b607",
    "id": null,
    "metadata": {},
    "name": "documentsTodayQuery",
    "operationKind": "query",
    "text": "query documentsTodayQuery {\n  attendanceToday {\n    cursor\n    punches(first: 100) {\n      nodes {\n        id\n        localTime\n        user {\n          id\n          employeeCode\n          name\n        }\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "f8cfff0ccb8d8638c378c9ac5548be00";

export default node;
