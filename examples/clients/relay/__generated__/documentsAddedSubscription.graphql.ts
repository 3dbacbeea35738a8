/**
 * @generated SignedSource<<77fff905d6f19064addbf5d536fa87a8>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
export type documentsAddedSubscription$variables = {
  after?: string | null | undefined;
};
export type documentsAddedSubscription$data = {
  readonly punchAdded: {
    readonly cursor: string;
    readonly gap: boolean;
    readonly punch: {
      readonly id: string;
      readonly localTime: string;
      readonly user: {
        readonly employeeCode: string;
        readonly id: string;
        readonly name: string | null | undefined;
      };
    };
    readonly replayed: boolean;
  };
};
export type documentsAddedSubscription = {
  response: documentsAddedSubscription$data;
  variables: documentsAddedSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "after"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "after",
        "variableName": "after"
      }
    ],
    "concreteType": "PunchAdded",
    "kind": "LinkedField",
    "name": "punchAdded",
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
        "args": null,
        "kind": "ScalarField",
        "name": "gap",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "replayed",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "Punch",
        "kind": "LinkedField",
        "name": "punch",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
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
              (v1/*:: as any*/),
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
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "documentsAddedSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "documentsAddedSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "d8fb536191cd16bb85d06e57d93feb3e",
    "id": null,
    "metadata": {},
    "name": "documentsAddedSubscription",
    "operationKind": "subscription",
    "text": "subscription documentsAddedSubscription(\n  $after: EventCursor\n) {\n  punchAdded(after: $after) {\n    cursor\n    gap\n    replayed\n    punch {\n      id\n      localTime\n      user {\n        id\n        employeeCode\n        name\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "ec5069e2ff1cc72801d65a69524e0ade";

export default node;
