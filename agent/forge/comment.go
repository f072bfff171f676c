package forge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// commentOnce writes a comment, unless it is the last of ours that is there.
func (h *hub) commentOnce(ctx context.Context, pr *PullRequest, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	text = Wanted{Body: text}.text()
	sum := sha256.Sum256([]byte(text))
	mark := "<!-- penstock: comment " + hex.EncodeToString(sum[:])[:12] + " -->"
	for page, n := 1, 0; page != 0 && n < maxPages; n++ {
		var all []string
		var err error
		if all, page, err = h.driver.comments(ctx, pr.Number, page); err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(c string) bool { return strings.Contains(c, mark) }) {
			return nil
		}
	}
	return h.driver.comment(ctx, pr.Number, text+"\n\n"+mark)
}
