-- What of a conversation is no message: instructions, calls, what they gave, reasoning. `place` is the number of the message
-- after which it stands, 0 before the first.
create table conversation_items (
  seq integer primary key, id text not null unique, project text not null,
  thread_id text not null references threads (id) on delete cascade, place integer not null, body text not null
);
create index items_of_conversation on conversation_items (thread_id, place, seq);
-- The number of the last run step whose calls are items of the conversation.
alter table threads add column steps_shown integer not null default 0;
