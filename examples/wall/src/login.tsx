interface LoginProps {
  readonly problem: string;
  readonly onEnter: (key: string) => void;
}

/** Asks for the key or the token of the caller. */
export const Login = ({ problem, onEnter }: LoginProps) => (
  <main className="login">
    <h1>Portico</h1>
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
  </main>
);
