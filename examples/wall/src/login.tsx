import { useEffect, useRef } from "react";

interface LoginProps {
  readonly problem: string;
  readonly onEnter: (key: string) => void;
}

/** Asks for the key or the token of the caller, and hides what is behind it. Escape does not close it. */
export const Login = ({ problem, onEnter }: LoginProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // The key would otherwise close what is open behind the form.
    const keep = (event: KeyboardEvent) => {
      if (event.key === "Escape") event.preventDefault();
    };
    document.addEventListener("keydown", keep);
    dialog.current?.showModal();
    return () => document.removeEventListener("keydown", keep);
  }, []);
  return (
    <dialog ref={dialog} className="login" aria-labelledby="login" onClose={() => dialog.current?.showModal()}>
      <h1 id="login">Portico</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const key = new FormData(event.currentTarget).get("key");
          if (typeof key === "string" && key.trim() !== "") onEnter(key.trim());
        }}
      >
        <label>
          API key or token
          <input name="key" type="password" autoComplete="off" required autoFocus />
        </label>
        <p role="alert">{problem}</p>
        <button type="submit">Show the wall</button>
        <p className="hint">It stays in this tab and is forgotten when you close it.</p>
      </form>
    </dialog>
  );
};
