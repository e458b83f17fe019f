import "./styles/base.css";
import "./styles/parts.css";
import "./styles/strip.css";
import "./styles/list.css";
import { render } from "preact";
import { App } from "./app.tsx";
import "./theme.ts";

render(<App />, document.body);
