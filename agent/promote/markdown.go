package promote

import "strings"

// inline makes text harmless within a line of Markdown: no markup, no HTML, no table cell, nobody mentioned, no link.
func inline(text string) string {
	return unlinked.Replace(markup.Replace(oneLine(text, 3000)))
}

var (
	markup = strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "!", `\!`, "~", `\~`, "$", `\$`,
	)
	unlinked = strings.NewReplacer("@", "@\u200b", "#", "#\u200b", "://", ":\u200b//", "www.", "www\u200b.")
)
