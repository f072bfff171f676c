// Package compare shows how the same models differ between environments: which releases run where, how they are placed, and by
// what rules the environments live.
//
// It answers the question that nobody can answer from a directory tree: what is different in prod? Two files that are written
// in different ways and mean the same do not differ; two that look alike and are built on different bases do. So models are
// built, as the agent builds them, and what is compared are their descriptors: the half that is promoted, which is the release,
// and the half that belongs to one environment, which is the placement.
//
//	report, err := compare.Run(ctx, renderer, tree, history, compare.Options{Environments: []string{"dev", "prod"}})
//	err = compare.WriteText(os.Stdout, report)
//
// History adds how far the releases are apart: how many changes of release.yaml lie between them, since when, and which of
// both is ahead. With more than two environments the report is a matrix of releases.
package compare
