// What is shown. `set` tells those who asked for any of the changed keys.

export function createState(initial) {
  const state = { ...initial };
  const listeners = [];
  return {
    state,
    on(keys, listener) {
      listeners.push([keys.split(" "), listener]);
    },
    set(changes) {
      const changed = Object.keys(changes).filter((key) => state[key] !== changes[key]);
      Object.assign(state, changes);
      for (const [keys, listener] of listeners) if (keys.some((key) => changed.includes(key))) listener(state);
    },
  };
}
