package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func forcePush(ctx context.Context, s *stage) error {
	s.say("Grace rewrites history by mistake: the branch jumps back two commits and goes on from there. What was " +
		"reviewed and deployed must not vanish like that.")
	head, err := s.repository.Head(gitserver.DefaultBranch)
	if err != nil {
		return err
	}
	rewritten, err := s.pushQuietly(gitserver.Change{
		Author: grace, Message: "Start over", Onto: head + "~2", Files: map[string]string{"README.md": "# Our models\n"},
	})
	if err != nil {
		return err
	}
	s.shell("git push --force origin "+rewritten.commit[:7]+":main", "")
	if err := s.proveStays(ctx, head, rewritten); err != nil {
		return err
	}
	s.say("Grace takes it back, as the message says.")
	if err := s.repository.Reset(gitserver.DefaultBranch, head); err != nil {
		return err
	}
	s.shell("git push --force origin "+head[:7]+":main", "")
	_, err = s.awaitState(ctx, "to follow the branch again", func(state agent.State) bool { return state.Problem == "" })
	if err == nil {
		s.line("")
		s.proven("The branch is where it was, and the agent follows it again.")
	}
	return err
}

// proveStays makes sure that the agent says why it does not follow, and that it touches nothing.
func (s *stage) proveStays(ctx context.Context, head string, rewritten push) error {
	state, err := s.awaitState(ctx, "to report the force push", func(state agent.State) bool {
		return strings.Contains(state.Problem, rewritten.commit)
	})
	if err != nil {
		return err
	}
	if state.Commit != head {
		return fmt.Errorf("the agent should stay at %s, and is at %s", head, state.Commit)
	}
	writes, err := s.agentWrites(rewritten.at)
	if err != nil {
		return err
	}
	if len(writes) > 0 {
		return fmt.Errorf("nothing was to be written, and the agent did: %s %s", writes[0].Verb, writes[0].URI)
	}
	s.line("")
	s.proven("The agent stays at %s, touches nothing, and says why in its state:", head[:7])
	s.line("")
	s.paragraph(margin+margin, "", state.Problem)
	return nil
}
