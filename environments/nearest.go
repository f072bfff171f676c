package environments

// Nearest is the candidate that a typing error could have made into word, or "".
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }
