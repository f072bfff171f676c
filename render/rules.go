package render

// The rules that rendering adds to those of package problem. Names are stable.
const (
	// ruleRemoteReference: a reference to something outside the repository.
	ruleRemoteReference = "RemoteReference"
	// ruleAbsolutePath: a path that does not start from its kustomization.
	ruleAbsolutePath = "AbsolutePath"
	// rulePathEscape: a path that leaves the repository, or a file above its kustomization.
	rulePathEscape = "PathEscape"
	// ruleInvalidPath: a path that cannot be one.
	ruleInvalidPath = "InvalidPath"
	// ruleForbiddenField: a field of kustomize that could reach out, run something or never end.
	ruleForbiddenField = "ForbiddenField"
	// ruleCycle: a kustomization that includes itself.
	ruleCycle = "Cycle"
	// ruleAmbiguous: two kustomization files in one directory.
	ruleAmbiguous = "AmbiguousKustomization"
	// ruleBuildFailed: kustomize refused what it was given.
	ruleBuildFailed = "BuildFailed"
	// ruleNoModel: the unit yields no ModelDeployment.
	ruleNoModel = "NoModelDeployment"
	// ruleSeveralModels: the unit yields more than one ModelDeployment.
	ruleSeveralModels = "SeveralModelDeployments"
	// ruleForbiddenKind: an object of a kind that a unit may not bring.
	ruleForbiddenKind = "ForbiddenKind"
	// ruleWrongNamespace: an object outside its environment's namespace.
	ruleWrongNamespace = "WrongNamespace"
	// ruleReservedMetadata: metadata that belongs to the agent or to the cluster.
	ruleReservedMetadata = "ReservedMetadata"
	// ruleClaimed: an object that something else brings too.
	ruleClaimed = "ObjectClaimedTwice"
	// ruleUnsupported: a value that the chosen runtime cannot serve.
	ruleUnsupported = "Unsupported"
	// ruleUnfamiliar: a GPU that the catalogue does not know; a warning.
	ruleUnfamiliar = "Unfamiliar"
	// ruleMismatch: a model that cannot be split so, or a length that it was not made for.
	ruleMismatch = "Mismatch"
	// ruleReservedSetting: an argument or variable that the runtime sets itself.
	ruleReservedSetting = "ReservedSetting"
	// ruleTooSmall: memory that cannot hold what must be in it.
	ruleTooSmall = "TooSmall"
)
