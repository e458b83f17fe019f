import { signal } from "@preact/signals";

export type Route =
  | { readonly page: "list" }
  | { readonly page: "new" }
  | { readonly page: "production"; readonly id: string }
  | { readonly page: "machines" }
  | { readonly page: "settings" }
  | { readonly page: "unknown" };

export function readRoute(path: string): Route {
  if (path === "/") return { page: "list" };
  const production = /^\/productions\/([0-9a-f]{32})$/.exec(path)?.[1];
  if (production !== undefined) return { page: "production", id: production };
  if (path === "/new" || path === "/machines" || path === "/settings")
    return { page: path.slice(1) as "new" | "machines" | "settings" };
  return { page: "unknown" };
}

export const route = signal<Route>(readRoute(location.pathname));

export function go(path: string): void {
  if (path !== location.pathname) history.pushState(null, "", path);
  const change = (): void => {
    route.value = readRoute(location.pathname);
    scrollTo(0, 0);
  };
  change();
}

addEventListener("popstate", () => {
  route.value = readRoute(location.pathname);
});

/** Links within the console need no page load. */
addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin)
    return;
  if (readRoute(link.pathname).page === "unknown") return;
  event.preventDefault();
  go(link.pathname);
});
