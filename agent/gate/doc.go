// Package gate decides whether a change may pass, the same way in the agent and in a pull request.
//
// Two things meet here. Rules are what judges: policies, profiles, windows, exceptions and trust, as the target branch
// has them, loaded once for a tree. A Subject is what is judged: a unit as Git wants it and as it was last admitted, the
// commits that lie between, and what is known of the release elsewhere. Decide turns both into a policies.Input, asks the
// policies, and says what came of it in an Outcome.
//
// The rules are never those of the change that they judge. A change of the rules themselves is judged by the old ones:
// see Rules.Admit.
//
// The package reads nothing but the trees that it is given and knows no clock but the one handed in.
package gate
