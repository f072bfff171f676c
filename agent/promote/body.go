package promote

import "github.com/penstock-dev/penstock/agent/check"

// Text is what people read of a promotion.
type Text struct {
	// Message is the commit's.
	Message string
	// Title and Body are the pull request's; Body is Markdown.
	Title, Body string
	// Substance names what is told, but for what changes by itself, such as how long something has lasted. While it stays the
	// same, a pull request is left as it is.
	Substance string
}

// Text tells the story. The report is what penstock check says of the promotion; nil without.
func (s *Story) Text(report *check.Report) Text { return Text{} }
