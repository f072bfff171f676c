package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// What marks an entry of a journal.
const (
	// LabelJournal is the name of the agent whose journal it is.
	LabelJournal = "penstock.dev/journal"

	annotationNumber = "penstock.dev/journal-number"
	factsKey         = "facts.json"
	pageSize         = 100 // ConfigMaps in one answer of a list
)

// maxEntry is how many bytes of facts go into one ConfigMap, which Kubernetes bounds at 1 MiB.
const maxEntry = 700 << 10

// list reads the entries that are there, oldest first.
func (c Config) list(ctx context.Context) ([]Entry, error) {
	var entries []Entry
	options := metav1.ListOptions{LabelSelector: labels.Set{LabelJournal: c.Name}.String(), Limit: pageSize}
	for {
		page, err := c.ConfigMaps.List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("reading the facts that are not in Git yet: %w", err)
		}
		for i := range page.Items {
			entry, err := entryOf(&page.Items[i])
			if err == nil {
				err = c.check(page.Items[i].Name, entry)
			}
			if err != nil {
				return nil, fmt.Errorf("reading the facts that are not in Git yet from ConfigMap %s: %w; delete it to go on without them", page.Items[i].Name, err)
			}
			entries = append(entries, entry)
		}
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
	return entries, nil
}

func entryOf(stored *corev1.ConfigMap) (Entry, error) {
	entry := Entry{Environment: stored.Labels[v1alpha1.LabelEnvironment], size: len(stored.Data[factsKey]), uid: stored.UID}
	var err error
	if entry.Number, err = strconv.ParseUint(stored.Annotations[annotationNumber], 10, 64); err != nil {
		return entry, err
	}
	if err := json.Unmarshal([]byte(stored.Data[factsKey]), &entry.Facts); err != nil {
		return entry, err
	}
	return entry, nil
}

// maxNumber leaves room for all entries that are to come.
const maxNumber = 1 << 62

// check says what no Journal writes. One such fact would keep all others of its environment from ever being written to Git.
func (c Config) check(name string, entry Entry) error {
	switch {
	case len(entry.Facts) == 0:
		return fmt.Errorf("it has no facts")
	case entry.Number > maxNumber || name != c.nameOf(entry.Number):
		return fmt.Errorf("its number is %d, and that is not its name: this agent did not write it", entry.Number)
	}
	for _, f := range entry.Facts {
		if f.Environment != entry.Environment {
			return fmt.Errorf("it is labelled %s, and the fact %.40q in it is about %.80q: this agent did not write it", entry.Environment, f.ID, f.Unit())
		}
	}
	return nil
}

// create stores an entry. Where its number is taken, by an agent that was thought to be gone, the next free one is.
func (c Config) create(ctx context.Context, entry Entry) (Entry, error) {
	content, err := json.Marshal(entry.Facts)
	if err != nil {
		return entry, err
	}
	entry.size = len(content)
	for {
		immutable := true
		stored, err := c.ConfigMaps.Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Name: c.nameOf(entry.Number),
				Labels: map[string]string{
					LabelJournal: c.Name, v1alpha1.LabelEnvironment: entry.Environment, v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
				},
				Annotations: map[string]string{annotationNumber: strconv.FormatUint(entry.Number, 10)},
			},
			Immutable: &immutable,
			Data:      map[string]string{factsKey: string(content)},
		}, metav1.CreateOptions{FieldManager: v1alpha1.ManagedBy})
		if err == nil {
			entry.uid = stored.UID
		}
		if !apierrors.IsAlreadyExists(err) {
			return entry, err
		}
		entry.Number++
	}
}

func (c Config) delete(ctx context.Context, entry Entry) error {
	err := c.ConfigMaps.Delete(ctx, c.nameOf(entry.Number), metav1.DeleteOptions{
		Preconditions: metav1.NewUIDPreconditions(string(entry.uid)),
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) { // gone, or another one by now
		return nil
	}
	return err
}

func (c Config) nameOf(number uint64) string { return fmt.Sprintf("%s-journal-%012d", c.Name, number) }

// chunks are facts in portions that fit into a ConfigMap.
func chunks(facts []records.Fact) iter.Seq[[]records.Fact] {
	return func(yield func([]records.Fact) bool) {
		from, size := 0, 0
		for i, f := range facts {
			content, _ := json.Marshal(f) // what cannot be marshalled is told when it is stored
			if size += len(content) + 1; size > maxEntry && i > from {
				if !yield(facts[from:i]) {
					return
				}
				from, size = i, len(content)
			}
		}
		yield(facts[from:])
	}
}
