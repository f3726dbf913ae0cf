-- Copies of a thread share what programs have left in it, which is kept for as long as one of them has it.
insert into sandbox_outputs (thread_id, file_id, source)
  select distinct thread_id, file_id, 'assistant' from sandbox_files where source = 'assistant'
  on conflict do nothing;
create index sandbox_outputs_of_file on sandbox_outputs (file_id);
