package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// askGit has an auditor answer her questions from the repository alone, and notice a forgery.
func askGit(ctx context.Context, s *stage) error {
	s.say("Hedy audits. She has no access to the cluster, and needs none: the agent wrote down what it did, signed, beside what " +
		"was asked of it.")
	branch := records.Branch("prod")
	log, err := s.repository.Git(nil, "log", "--format=%s", branch)
	if err != nil {
		return err
	}
	s.shell("git log --format=%s origin/"+branch, log)
	if err := s.ask(ctx, "penstock audit verify", func(ctx context.Context, a *audit.Auditor, answer *bytes.Buffer) error {
		verified, err := a.Verify(ctx, audit.Git)
		if err != nil {
			return err
		}
		if verified.Outcome() != audit.Holds {
			return errors.New(verified.Summary())
		}
		return verified.WriteText(answer)
	}); err != nil {
		return err
	}
	now := time.Now().UTC()
	if err := s.ask(ctx, "penstock audit at now prod", func(ctx context.Context, a *audit.Auditor, answer *bytes.Buffer) error {
		moment, err := a.At(ctx, "prod", now, "now", false)
		if err != nil {
			return err
		}
		return moment.WriteText(answer)
	}); err != nil {
		return err
	}
	s.line("")
	s.proven("Every record is signed and chained, and agrees with Git.")
	return s.forge(ctx, branch)
}

// forge has somebody add to the records who has no key, and shows that it is noticed.
func (s *stage) forge(ctx context.Context, branch string) error {
	s.say("Somebody who may push adds a record of a release that never ran.")
	forged, err := s.pushQuietly(gitserver.Change{
		Author: gitserver.Person{Name: "Penstock", Email: "penstock@prod"}, Branch: branch,
		Message: "prod/llama-3-8b: apply rel-0000000", Files: map[string]string{"llama-3-8b/2026-11/23/000000999-applied.json": "{}\n"},
	})
	if err != nil {
		return err
	}
	var found string
	err = s.ask(ctx, "penstock audit verify prod", func(ctx context.Context, a *audit.Auditor, answer *bytes.Buffer) error {
		verified, err := a.Verify(ctx, audit.Git, "prod")
		if err != nil {
			return err
		}
		if verified.Outcome() != audit.Wrong {
			return fmt.Errorf("the forgery was not noticed: %s", verified.Summary())
		}
		err = verified.WriteText(answer)
		found = answer.String()
		return err
	})
	if err != nil {
		return err
	}
	if !strings.Contains(found, forged.commit[:12]) {
		return fmt.Errorf("the answer does not name the commit %s: %s", forged.commit, found)
	}
	s.line("")
	s.proven("The first bad commit is named, and what it means.")
	return nil
}

// ask answers a question as the command does, from the repository.
func (s *stage) ask(ctx context.Context, command string, question func(context.Context, *audit.Auditor, *bytes.Buffer) error) error {
	clone, err := source.OpenClone(s.repository.Dir())
	if err != nil {
		return err
	}
	defer clone.Close()
	auditor, err := audit.Open(audit.Config{Clone: clone, Revision: gitserver.DefaultBranch, Version: s.options.Version, Now: time.Now().UTC()})
	if err != nil {
		return err
	}
	var answer bytes.Buffer
	if err := question(ctx, auditor, &answer); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	s.shell(command, strings.TrimRight(answer.String(), "\n"))
	return nil
}
