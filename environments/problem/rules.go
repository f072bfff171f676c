package problem

// The rules that reading a repository can break. Names are stable: people look them up and scripts match
// them. Packages that check more define their own beside these.
const (
	// TooLarge: a file, a unit or an environment is beyond a limit.
	TooLarge = "TooLarge"
	// InvalidText: a file is not UTF-8 text.
	InvalidText = "InvalidText"
	// InvalidYAML: a file cannot be read as YAML.
	InvalidYAML = "InvalidYAML"
	// DuplicateKey: a map has a key twice.
	DuplicateKey = "DuplicateKey"
	// InvalidKey: the key of a map is not a string.
	InvalidKey = "InvalidKey"
	// UnsupportedTag: a value has a YAML tag that JSON does not know.
	UnsupportedTag = "UnsupportedTag"

	// UnknownField: the schema has no such field.
	UnknownField = "UnknownField"
	// WrongType: a value has another type than its field.
	WrongType = "WrongType"
	// MissingField: a field that is required was not said.
	MissingField = "MissingField"
	// InvalidValue: a value has the right type and is still not one of those that the field takes.
	InvalidValue = "InvalidValue"
	// DuplicateValue: a list that is a set has an item twice.
	DuplicateValue = "DuplicateValue"
	// NotAllowed: a field or a file is known, but not here.
	NotAllowed = "NotAllowed"

	// WrongKind: the object has another apiVersion or kind than its place asks for.
	WrongKind = "WrongKind"
	// WrongName: the object has another name than its directory.
	WrongName = "WrongName"
	// InvalidName: a directory's name cannot be the name of an object.
	InvalidName = "InvalidName"
	// MissingFile: a directory lacks the file that makes it what it is.
	MissingFile = "MissingFile"
	// UnreadableFile: a file could not be read.
	UnreadableFile = "UnreadableFile"
	// NamespaceTaken: two environments share a namespace.
	NamespaceTaken = "NamespaceTaken"
	// UnknownEnvironment: promotedFrom names an environment that does not exist.
	UnknownEnvironment = "UnknownEnvironment"
	// PromotionCycle: environments are promoted from each other in a circle.
	PromotionCycle = "PromotionCycle"
	// Symlink: a symbolic link, which could lead out of the snapshot.
	Symlink = "Symlink"
	// Submodule: a Git submodule, whose files are in another repository.
	Submodule = "Submodule"
)
