// Package window tells whether a change may go out now: not during a freeze, and only in a promotion window
// where there are any.
//
//	freeze := window.Spec{Kind: window.Freeze, Name: "year-end", Schedule: "0 0 20 12 *",
//		Duration: "336h", TimeZone: "Europe/Berlin"}
//	windows, problems := window.ParseAll("windows", []window.Spec{freeze})
//	decision := windows.At(now) // Open, why, and when the answer will change
//
// A window starts whenever its schedule says and holds for its duration. A freeze wins over a promotion
// window. Windows of one kind that overlap or touch are one stretch of time.
//
// # Schedules
//
// A schedule is a cron expression of five fields in the dialect of github.com/robfig/cron/v3: minute, hour,
// day of month, month, day of week (0 is Sunday). When both days are restricted, either suffices, as in every
// cron: "0 0 13 * 5" is each 13th and each Friday. A field counts as restricted unless it is * or ?; */2 is
// a restriction.
//
// # Days on which clocks change
//
// Schedules are in wall-clock time, durations in elapsed time: four hours are four hours, also when the clock
// shows that three or five have passed.
//
//   - A time that does not exist because clocks go forward: the window starts when they do. A freeze from
//     02:30 must not be missed because there was no 02:30. A schedule of every hour has no such start: the
//     hour did not exist, the next one comes by itself.
//   - A time that comes twice because clocks go back: the window starts both times.
//
// robfig/cron parses the schedule and nothing more. Its Schedule.Next skips what does not exist and, in zones
// whose clocks change at midnight (Asia/Beirut, Africa/Cairo) or by half an hour (Australia/Lord_Howe), also
// misses times that do exist; that would be a hole in a freeze. TestRobfigMissesStarts shows both. In UTC the
// two agree, and a fuzz test holds them to it.
//
// # How it is computed
//
// The starts of one hour are one word, a bit for each minute, and so are the minutes that a window covers. To
// find when the answer changes, the words of all windows are combined hour by hour; days on which nothing
// starts are passed over. The work is bounded by the days of a year for each window, whatever its schedule.
//
// Zones come from the IANA database of the machine or, where it has none, from the one in the binary. The
// package is pure otherwise: the time is handed in. Answers are right for times since 1972, when the last
// clock went over to whole minutes.
package window
