package demo

import "context"

// chapter is one part of the story. It fails when what it tells is not so.
type chapter struct {
	title string
	play  func(context.Context, *stage) error
}

// chapters is the story. Each goes on where the one before ended.
var chapters = []chapter{
	{"A cluster with GPUs", showFleet},
	{"The first sync", syncFirst},
	{"One change, one rollout, and a promotion", changeAndPromote},
	{"The gate", passTheGate},
	{"A release proposes itself", proposeItself},
	{"A typo stops nothing", breakAndMend},
	{"A bad release goes back by itself", takeBack},
	{"More GPUs than there are", runShort},
	{"A model is retired", retire},
	{"A force push is refused", forcePush},
	{"Nothing new costs nothing", idle},
	{"What Git can tell", askGit},
}

// The units that the story is about, and the files that its engineers edit.
const (
	devLlama     = "dev/llama-3-8b"
	stagingLlama = "staging/llama-3-8b"
	prodLlama    = "prod/llama-3-8b"
	prodEmbedder = "prod/bge-large-en"

	devLlamaDir    = "environments/" + devLlama
	devRelease     = devLlamaDir + "/release.yaml"
	stagingRelease = "environments/" + stagingLlama + "/release.yaml"

	prodEnvironment = "environments/prod/environment.yaml"
	prodRelease     = "environments/" + prodLlama + "/release.yaml"

	prodEmbedderPlacement = "environments/" + prodEmbedder + "/placement.yaml"
)
