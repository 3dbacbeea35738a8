import type { Tag } from "./tags.ts";

/** What a response depends on. */
export interface Dependencies {
  /** Adds what an answer depends on; null for an answer that nobody may keep. */
  readonly add: (tags: readonly Tag[] | null) => void;
  /** Records that the response shows something that no change announces. */
  readonly addLive: () => void;
  /** The tags of the response; null if nobody may keep it. */
  readonly tags: () => readonly Tag[] | null;
}

/** Creates the record of a response that depends on nothing yet. Such a response may not be kept: nothing was read for it. */
export const createDependencies = (): Dependencies => {
  const all = new Set<Tag>();
  let isLive = false;
  const addLive = () => {
    isLive = true;
  };
  return {
    add(tags) {
      if (tags === null) return addLive();
      for (const tag of tags) all.add(tag);
    },
    addLive,
    tags: () => (isLive || all.size === 0 ? null : [...all]),
  };
};
