package journal

import (
	"context"
	"fmt"
	"strconv"

	"github.com/penstock-dev/penstock/agent/records"
)

// makeRoom drops the oldest entries while there are too many bytes, and tells how many facts that were: a journal that
// nobody empties must not fill the cluster's storage.
func (j *Journal) makeRoom(ctx context.Context) error {
	for {
		oldest, full := j.overflow()
		if !full {
			return nil
		}
		if err := j.create(ctx, oldest.Environment, []records.Fact{lostIn(oldest)}); err != nil {
			return err
		}
		if err := j.Drop(ctx, oldest); err != nil {
			return err
		}
	}
}

// overflow is the oldest entry if something has to go. The newest always stays.
func (j *Journal) overflow() (Entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.size <= j.config.Limit {
		return Entry{}, false
	}
	for _, entry := range j.entries[:len(j.entries)-1] {
		if len(entry.Facts) > 1 || entry.Facts[0].Kind != records.Lost {
			return entry, true
		}
	}
	return Entry{}, false
}

// lostIn tells of the facts of an entry that is dropped.
func lostIn(entry Entry) records.Fact {
	first, last := entry.Facts[0], entry.Facts[len(entry.Facts)-1]
	count := 0
	for _, f := range entry.Facts {
		count += max(1, f.Data.Lost)
	}
	return records.Fact{
		ID:   records.NewID("lost", entry.Environment, strconv.FormatUint(entry.Number, 10), first.ID),
		Kind: records.Lost, Environment: entry.Environment, Time: last.Time,
		Data: records.Data{
			Agent: last.Data.Agent, Lost: count,
			Message: fmt.Sprintf("%d facts from %s to %s were dropped: they could not be written to Git, and there is no room for more in the cluster",
				count, first.Time.UTC().Format("2006-01-02T15:04:05Z"), last.Time.UTC().Format("2006-01-02T15:04:05Z")),
		},
	}
}
