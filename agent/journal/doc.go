// Package journal keeps facts in the cluster from the moment that they happen until they are in Git.
//
// The idea is the write-ahead log of a database. [Journal.Append] returns once its facts are stored in the cluster, so that
// a decision can be made durable before it takes effect while the Git server is slow or away; whoever writes to Git takes
// them in order and drops what has arrived there. Each batch is a ConfigMap that is created once, never changed and
// deleted at last: an agent that lost its lease cannot write over what its successor wrote.
//
// Facts that are appended while another batch is being stored wait and go together with the next, so that the cost is one
// request for many facts where there is much to tell.
package journal
