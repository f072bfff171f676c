package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func syncFirst(ctx context.Context, s *stage) error {
	s.say("Ada makes a repository as 'penstock init' writes it: a directory for each model in each environment. " +
		"It is served over TLS with a certificate of the company's own authority, to those who have a token.")
	tree, err := environments.Load(environments.Reference, ".")
	if err != nil {
		return err
	}
	files, err := reference()
	if err != nil {
		return err
	}
	key, err := s.recordsKey()
	if err != nil {
		return err
	}
	for name, content := range files {
		if path.Base(name) == environments.EnvironmentFile {
			files[name] = content + "  # Whose signature the records of this environment bear.\n  records: {keys: [{publicKey: " + key + "}]}\n"
		}
	}
	pushed, err := s.pushQuietly(gitserver.Change{Author: ada, Message: "Serve our first models", Files: files})
	if err != nil {
		return err
	}
	s.showUnits(tree)
	if err := s.installAgent(ctx, tree); err != nil {
		return err
	}
	return s.awaitFirstSync(ctx, tree, pushed)
}

// installAgent makes the agent at home in the cluster, and makes sure that it may not do what it need not.
func (s *stage) installAgent(ctx context.Context, tree *environments.Tree) error {
	s.say("Grace runs the cluster. She applies what 'penstock install' prints; only the agent's pod is left out, " +
		"since its node would be a simulated one. It runs in this process instead, with the same rights.")
	objects, err := s.install(ctx, tree)
	if err != nil {
		return err
	}
	query := []string{"auth", "can-i", "get", "secrets", "-n", "models-prod", "--as=" + agentUser}
	answer, err := s.cluster.Kubectl(ctx, nil, query...)
	if strings.TrimSpace(answer) != "no" { // with which kubectl fails
		return errors.Join(fmt.Errorf("may the agent read the Secrets of prod? %q", answer), err)
	}
	s.shell(typed(append([]string{"kubectl"}, query...)), answer)
	s.line("")
	s.proven("%d objects: the CRD, namespaces, a Role in each, and the right to see nodes and pods.", objects)
	return nil
}

// awaitFirstSync starts the agent and waits until all is deployed.
func (s *stage) awaitFirstSync(ctx context.Context, tree *environments.Tree, pushed push) error {
	s.say("The agent starts. It looks at the repository every second, and writes down what it does there, signed with a key of its own.")
	started := time.Now()
	if err := s.startAgent(ctx); err != nil {
		return err
	}
	if err := s.awaitAll(ctx, tree, pushed); err != nil {
		return err
	}
	took := time.Since(started)
	if _, err := s.kubectl(ctx, "get", "modeldeployments", "-A"); err != nil {
		return err
	}
	s.line("")
	s.proven("All %d models are Ready, %s after the agent was started.", len(tree.Units), seconds(took))
	return nil
}

// reference is the tree that 'penstock init' writes, by path in the repository.
func reference() (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(environments.Reference, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := environments.Reference.ReadFile(name)
		files["environments/"+name] = string(content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the reference tree: %w", err)
	}
	return files, nil
}

// showUnits shows the directories of the units, a line for each environment.
func (s *stage) showUnits(tree *environments.Tree) {
	models := map[string][]string{}
	for _, unit := range tree.Units {
		models[unit.Environment.Name] = append(models[unit.Environment.Name], unit.Name)
	}
	s.line("")
	for _, environment := range slices.Sorted(maps.Keys(models)) {
		s.quote(fmt.Sprintf("%-24s%s", "environments/"+environment, strings.Join(models[environment], "  ")))
	}
}

// awaitAll waits until every unit of the tree is Ready at a commit.
func (s *stage) awaitAll(ctx context.Context, tree *environments.Tree, pushed push) error {
	return s.await(ctx, fmt.Sprintf("all %d models to become Ready", len(tree.Units)), func(ctx context.Context) (bool, string, error) {
		models, err := s.models(ctx)
		for _, unit := range tree.Units {
			if md := models[unit.ID()]; !isReady(md) || md.Status.Commit != pushed.commit {
				return false, unit.ID() + ": " + describe(md), err
			}
		}
		return true, "", err
	})
}

// awaitReady waits until every model that the cluster has is Ready.
func (s *stage) awaitReady(ctx context.Context) error {
	return s.await(ctx, "all models to be Ready", func(ctx context.Context) (bool, string, error) {
		models, err := s.models(ctx)
		for id, md := range models {
			if !isReady(md) {
				return false, id + ": " + describe(md), err
			}
		}
		return len(models) > 0, "no models", err
	})
}
