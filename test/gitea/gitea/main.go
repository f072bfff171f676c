// Command gitea is the Gitea server, for tests. It has no web pages: they need a frontend that is built with npm, and
// pull requests need none of it.
//
// Run as a server it ends when its standard input does. Run by Git as a hook it does not: its input is the list of what
// is pushed.
package main

import (
	"os"
	"slices"

	"gitea.dev/cmd"
	"gitea.dev/modules/log"
	"gitea.dev/modules/setting"

	"github.com/penstock-dev/penstock/test/gitea/internal/lifeline"
)

// version is what the API says; it must be the version that go.mod requires.
const version = "1.27.3"

func main() {
	if slices.Contains(os.Args[1:], "web") {
		lifeline.Hold(os.Stdin)
	}
	setting.AppVer = version
	err := cmd.RunMainApp(cmd.NewMainApp(cmd.AppVersion{Version: version}), os.Args...)
	log.GetManager().Close() // or the last lines are lost
	if err != nil {
		os.Exit(1)
	}
}
