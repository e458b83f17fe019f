import { keyWanted } from "./api/client.ts";
import { useKeys } from "./keyboard.ts";
import { lazy } from "./lazy.tsx";
import { ListPage } from "./pages/list/list-page.tsx";
import { go, route } from "./router.ts";
import { ErrorPanel } from "./ui/error-panel.tsx";
import { Header } from "./ui/header.tsx";
import { helpOpen, KeyHelp } from "./ui/key-help.tsx";

const ProductionPage = lazy(() =>
  import("./pages/production/production-page.tsx").then((m) => m.ProductionPage),
);
const CreatePage = lazy(() => import("./pages/create/create-page.tsx").then((m) => m.CreatePage));
const MachinesPage = lazy(() => import("./pages/machines.tsx").then((m) => m.MachinesPage));
const SettingsPage = lazy(() => import("./pages/settings.tsx").then((m) => m.SettingsPage));
const KeyGate = lazy(() => import("./pages/key-gate.tsx").then((m) => m.KeyGate));

export function App() {
  useKeys({
    n: () => go("/new"),
    g: () => go("/"),
    "?": () => {
      helpOpen.value = true;
    },
  });
  if (keyWanted.value !== "no") return <KeyGate />;
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <CurrentPage />
      </main>
      <KeyHelp />
    </>
  );
}

function CurrentPage() {
  const current = route.value;
  switch (current.page) {
    case "list":
      return <ListPage />;
    case "production":
      return <ProductionPage key={current.id} id={current.id} />;
    case "new":
      return <CreatePage />;
    case "machines":
      return <MachinesPage />;
    case "settings":
      return <SettingsPage />;
    case "unknown":
      return (
        <div class="page">
          <ErrorPanel
            isPage
            title="Page not found"
            trouble={{ code: "PAGE_NOT_FOUND", message: "There is no page at this address." }}
          >
            <a class="button" href="/">
              Productions
            </a>
          </ErrorPanel>
        </div>
      );
  }
}
