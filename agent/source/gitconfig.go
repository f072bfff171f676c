package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"
)

// gitConfig is Git's configuration: that of the machine and of the user, and
// over them that of the clone. Files that they include are not read.
type gitConfig struct{ raw *config.Config }

// readConfig reads the configuration of a clone, and refuses a clone whose
// format we cannot read.
func readConfig(l layout) (gitConfig, error) {
	local := config.New()
	for _, file := range []string{filepath.Join(l.common, "config"), filepath.Join(l.git, "config.worktree")} {
		if err := decodeConfig(file, local); err != nil && !os.IsNotExist(err) {
			return gitConfig{}, &Error{Kind: CloneRefused, Problem: fmt.Sprintf("its configuration %s cannot be read: %v", file, err),
				Mend: "see what git config --list says of it"}
		}
	}
	if err := checkFormat(local); err != nil {
		return gitConfig{}, err
	}
	all := config.New()
	for _, file := range userConfigs() {
		_ = decodeConfig(file, all) // It only says how files are converted and ignored.
	}
	for _, s := range local.Sections {
		merge(all, s)
	}
	return gitConfig{all}, nil
}

func decodeConfig(file string, into *config.Config) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return config.NewDecoder(f).Decode(into)
}

func merge(into *config.Config, s *config.Section) {
	for _, o := range s.Options {
		into.AddOption(s.Name, config.NoSubsection, o.Key, o.Value)
	}
	for _, sub := range s.Subsections {
		for _, o := range sub.Options {
			into.AddOption(s.Name, sub.Name, o.Key, o.Value)
		}
	}
}

// userConfigs lists where git keeps the configuration of machine and user.
func userConfigs() []string {
	var files []string
	if os.Getenv("GIT_CONFIG_NOSYSTEM") == "" {
		files = append(files, "/etc/gitconfig")
	}
	if only := os.Getenv("GIT_CONFIG_GLOBAL"); only != "" {
		return append(files, only)
	}
	files = append(files, userFile("config"))
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".gitconfig"))
	}
	return files
}

// userFile returns a file in the user's directory for git.
func userFile(name string) string {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if home, err := os.UserHomeDir(); err == nil && dir == "" {
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "git", name)
}

// harmless lists the extensions that change nothing of what we read.
var harmless = map[string]bool{
	"noop": true, "noop-v1": true, "preciousobjects": true, "partialclone": true,
	"worktreeconfig": true, "relativeworktrees": true,
}

// checkFormat refuses what a newer or differently built Git made.
func checkFormat(local *config.Config) error {
	refuse := func(what string) error {
		return &Error{Kind: CloneRefused, Problem: "it is a clone " + what + ", which is not supported",
			Mend: "clone it in the default format, with SHA-1 and refs in files"}
	}
	if v := local.Section("core").Option("repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return refuse("of format version " + v)
	}
	for _, o := range local.Section("extensions").Options {
		name, value := strings.ToLower(o.Key), strings.ToLower(o.Value)
		switch {
		case name == "objectformat" && value != "sha1":
			return refuse("with object format " + value)
		case name == "refstorage" && value != "files":
			return refuse("with its refs stored as " + value)
		case name != "objectformat" && name != "refstorage" && !harmless[name]:
			return refuse("with the extension " + name)
		}
	}
	return nil
}

// core returns a setting of the section core, or what holds if it is not set.
func (c gitConfig) core(key, otherwise string) string {
	if v := c.raw.Section("core").Option(key); v != "" {
		return strings.ToLower(v)
	}
	return otherwise
}

// path returns a setting of the section core that names a file.
func (c gitConfig) path(key, otherwise string) string {
	v := c.raw.Section("core").Option(key)
	if rest, ok := strings.CutPrefix(v, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if v == "" {
		return otherwise
	}
	return v
}

// isOn reports whether a setting means yes.
func isOn(value string) bool {
	return value == "true" || value == "yes" || value == "on" || value == "1"
}

// partial reports whether the clone leaves out objects until they are asked for.
func (c gitConfig) partial() bool {
	for _, remote := range c.raw.Section("remote").Subsections {
		if isOn(remote.Option("promisor")) || remote.Option("partialclonefilter") != "" {
			return true
		}
	}
	return c.raw.Section("extensions").Option("partialclone") != ""
}

// upstream returns the ref that a branch follows, or nothing.
func (c gitConfig) upstream(branch string) string {
	s := c.raw.Section("branch").Subsection(branch)
	remote, name := s.Option("remote"), strings.TrimPrefix(s.Option("merge"), "refs/heads/")
	switch {
	case remote == "" || name == "":
		return ""
	case remote == ".":
		return "refs/heads/" + name
	}
	return "refs/remotes/" + remote + "/" + name
}
