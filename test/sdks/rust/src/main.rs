//! What the client async-openai must be able to do here: the whole life of a run, polled and streamed, function calls and
//! the code interpreter, files and vector stores, and every list. Its types refuse what lacks a field.
//!
//! Needs the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL.
#![allow(deprecated)]

use async_openai::config::OpenAIConfig;
use async_openai::types::assistants::*;
use async_openai::types::files::{CreateFileRequest, FileInput, FilePurpose};
use async_openai::types::uploads::{AddUploadPartRequest, CompleteUploadRequest};
use async_openai::types::vectorstores::{VectorStoreFileBatchStatus, VectorStoreFileStatus};
use async_openai::types::InputSource;
use async_openai::Client;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::{json, Value};
use std::error::Error;
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// A request from how it looks on the wire.
fn request<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).expect("the client knows this request")
}

fn equal<T: PartialEq + std::fmt::Debug>(got: T, want: T) -> Outcome {
    if got == want {
        return Ok(());
    }
    Err(format!("{got:?} instead of {want:?}").into())
}

struct Cases {
    client: Client<OpenAIConfig>,
}

/// What a stream told: the run in its last state, and the text.
struct Told {
    events: usize,
    text: String,
    run: RunObject,
}

async fn read(mut stream: AssistantEventStream) -> Outcome<Told> {
    let (mut events, mut text, mut last) = (0, String::new(), None);
    while let Some(event) = stream.next().await {
        events += 1;
        match event? {
            AssistantStreamEvent::ThreadMessageDelta(message) => {
                for part in message.delta.content.unwrap_or_default() {
                    if let MessageDeltaContent::Text(part) = part {
                        text += &part.text.and_then(|text| text.value).unwrap_or_default();
                    }
                }
            }
            AssistantStreamEvent::ThreadRunCompleted(run)
            | AssistantStreamEvent::ThreadRunIncomplete(run)
            | AssistantStreamEvent::ThreadRunRequiresAction(run) => last = Some(run),
            AssistantStreamEvent::ErrorEvent(error) => return Err(error.message.into()),
            _ => {}
        }
    }
    Ok(Told { events, text, run: last.ok_or("the stream had no end of the run")? })
}

impl Cases {
    /// The ids of a new thread in which the user has spoken, and of an assistant of that behaviour. It has instructions: the
    /// original left them null in a run where there are none, which this client's types refuse.
    async fn begin(&self, model: &str, tools: Value) -> Outcome<(String, String)> {
        let assistants = self.client.assistants();
        let body = json!({ "model": model, "tools": tools, "instructions": "Be brief." });
        let assistant = assistants.create(request(body)).await?;
        let said = json!({ "messages": [{ "role": "user", "content": "Hello there" }] });
        let thread = self.client.threads().create(request(said)).await?;
        Ok((thread.id, assistant.id))
    }

    async fn poll(&self, thread: &str, run: &str) -> Outcome<RunObject> {
        loop {
            let run = self.client.threads().runs(thread).retrieve(run).await?;
            if !matches!(run.status, RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling) {
                return Ok(run);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn answer(&self, thread: &str) -> Outcome<String> {
        let messages = self.client.threads().messages(thread).list().await?;
        match messages.data.into_iter().next().and_then(|message| message.content.into_iter().next()) {
            Some(MessageContent::Text(part)) => Ok(part.text.value),
            other => Err(format!("no text: {other:?}").into()),
        }
    }

    async fn a_run_is_created_polled_and_listed(&self) -> Outcome {
        let (thread, assistant) = self.begin("echo", json!([])).await?;
        let threads = self.client.threads();
        let runs = threads.runs(&thread);
        let created = runs.create(request(json!({ "assistant_id": assistant }))).await?;
        let run = self.poll(&thread, &created.id).await?;
        equal(run.status, RunStatus::Completed)?;
        equal(run.usage.ok_or("no usage")?.total_tokens, 17)?;
        equal(self.answer(&thread).await?, "You said: Hello there".to_owned())?;
        let changed = runs.update(&run.id, request(json!({ "metadata": { "tier": "free" } }))).await?;
        equal(changed.metadata.is_some(), true)?;
        equal(runs.list().await?.data[0].id.clone(), run.id)
    }

    async fn a_thread_and_its_run_are_made_in_one_call_and_streamed(&self) -> Outcome {
        let (_, assistant) = self.begin("echo", json!([])).await?;
        let thread = json!({ "messages": [{ "role": "user", "content": "Both at once" }] });
        let body = request(json!({ "assistant_id": assistant, "thread": thread, "stream": true }));
        let told = read(self.client.threads().create_and_run_stream(body).await?).await?;
        equal(told.text, "You said: Both at once".to_owned())?;
        equal(told.events > 8, true)?;
        equal(told.run.status, RunStatus::Completed)
    }

    async fn function_calls_stream_and_so_does_the_answer_to_their_outputs(&self) -> Outcome {
        let (thread, assistant) = self.begin("weather", weather()).await?;
        let threads = self.client.threads();
        let runs = threads.runs(&thread);
        let body = request(json!({ "assistant_id": assistant, "stream": true }));
        let waiting = read(runs.create_stream(body).await?).await?.run;
        equal(waiting.status.clone(), RunStatus::RequiresAction)?;
        let told = read(runs.submit_tool_outputs_stream(&waiting.id, outputs_for(&waiting, true)?).await?).await?;
        equal(told.text, "Outside it is 21 degrees and 24 degrees.".to_owned())
    }

    async fn function_calls_are_polled_and_their_outputs_submitted(&self) -> Outcome {
        let (thread, assistant) = self.begin("weather", weather()).await?;
        let threads = self.client.threads();
        let runs = threads.runs(&thread);
        let created = runs.create(request(json!({ "assistant_id": assistant }))).await?;
        let waiting = self.poll(&thread, &created.id).await?;
        equal(waiting.status.clone(), RunStatus::RequiresAction)?;
        runs.submit_tool_outputs(&waiting.id, outputs_for(&waiting, false)?).await?;
        equal(self.poll(&thread, &waiting.id).await?.status, RunStatus::Completed)?;
        let steps = runs.steps(&waiting.id).list().await?;
        equal(steps.data.len(), 2)?;
        equal(runs.steps(&waiting.id).retrieve(&steps.data[1].id).await?.id, steps.data[1].id.clone())
    }

    async fn the_code_interpreter_shows_its_program_and_what_it_printed(&self) -> Outcome {
        let (thread, assistant) = self.begin("coder", json!([{ "type": "code_interpreter" }])).await?;
        let threads = self.client.threads();
        let runs = threads.runs(&thread);
        let body = request(json!({ "assistant_id": assistant, "stream": true }));
        let run = read(runs.create_stream(body).await?).await?.run;
        let steps = runs.steps(&run.id).list().await?.data;
        let StepDetails::ToolCalls(calls) = &steps[1].step_details else { return Err("no tool calls".into()) };
        let RunStepDetailsToolCalls::CodeInterpreter(call) = &calls.tool_calls[0] else { return Err("no code".into()) };
        let CodeInterpreterOutput::Logs(output) = &call.code_interpreter.outputs[0] else {
            return Err("no logs".into());
        };
        equal(output.logs.as_str(), "6\n10\n14\n")
    }

    async fn a_run_that_fails_one_that_ends_incomplete_and_one_that_is_cancelled_say_so(&self) -> Outcome {
        let (thread, assistant) = self.begin("broken", json!([])).await?;
        let threads = self.client.threads();
        let run = threads.runs(&thread).create(request(json!({ "assistant_id": assistant }))).await?;
        equal(self.poll(&thread, &run.id).await?.status, RunStatus::Failed)?;
        let (thread, assistant) = self.begin("brief", json!([])).await?;
        let body = request(json!({ "assistant_id": assistant, "stream": true }));
        let told = read(threads.runs(&thread).create_stream(body).await?).await?;
        equal(told.run.status, RunStatus::Incomplete)?;
        let (thread, assistant) = self.begin("endless", json!([])).await?;
        let run = threads.runs(&thread).create(request(json!({ "assistant_id": assistant }))).await?;
        threads.runs(&thread).cancel(&run.id).await?;
        equal(self.poll(&thread, &run.id).await?.status, RunStatus::Cancelled)
    }

    async fn assistants_threads_and_messages_are_read_changed_listed_and_deleted(&self) -> Outcome {
        let tools = json!([{ "type": "file_search" }, weather()[0]]);
        let (thread, assistant) = self.begin("echo", tools).await?;
        let assistants = self.client.assistants();
        equal(assistants.retrieve(&assistant).await?.id, assistant.clone())?;
        let changed = assistants.update(&assistant, request(json!({ "model": "echo", "name": "Ada" }))).await?;
        equal(changed.name, Some("Ada".to_owned()))?;
        equal(assistants.list().await?.data[0].id.clone(), assistant.clone())?;
        let threads = self.client.threads();
        equal(threads.retrieve(&thread).await?.id, thread.clone())?;
        let messages = threads.messages(&thread);
        let message = messages.create(request(json!({ "role": "user", "content": "More" }))).await?;
        equal(messages.list().await?.data.len(), 2)?;
        equal(messages.retrieve(&message.id).await?.id, message.id.clone())?;
        messages.update(&message.id, request(json!({ "metadata": { "a": "b" } }))).await?;
        equal(messages.delete(&message.id).await?.deleted, true)?;
        equal(threads.delete(&thread).await?.deleted, true)?;
        equal(assistants.delete(&assistant).await?.deleted, true)
    }

    async fn upload(&self, name: &str, text: &str) -> Outcome<String> {
        let file = FileInput::from_vec_u8(name.to_owned(), text.as_bytes().to_vec());
        let body = CreateFileRequest { file, purpose: FilePurpose::Assistants, ..Default::default() };
        Ok(self.client.files().create(body).await?.id)
    }

    async fn files_are_uploaded_whole_and_in_parts_read_back_listed_and_deleted(&self) -> Outcome {
        let id = self.upload("hello.txt", "hello").await?;
        let files = self.client.files();
        equal(files.retrieve(&id).await?.bytes, 5)?;
        equal(files.content(&id).await?.as_ref(), b"hello".as_slice())?;
        equal(files.list().await?.data[0].id.clone(), id.clone())?;
        let body = json!({ "filename": "parts.txt", "purpose": "assistants", "bytes": 5, "mime_type": "text/plain" });
        let uploads = self.client.uploads();
        let upload = uploads.create(request(body)).await?;
        let data = InputSource::VecU8 { filename: "part".to_owned(), vec: b"parts".to_vec() };
        let part = uploads.add_part(&upload.id, AddUploadPartRequest { data }).await?;
        let complete = CompleteUploadRequest { part_ids: vec![part.id], md5: None };
        equal(uploads.complete(&upload.id, complete).await?.file.is_some(), true)?;
        equal(files.delete(&id).await?.deleted, true)
    }

    async fn models_are_listed_and_read(&self) -> Outcome {
        let models = self.client.models().list().await?;
        equal(self.client.models().retrieve(&models.data[0].id).await?.id, models.data[0].id.clone())
    }

    async fn a_vector_store_takes_files_is_searched_and_every_list_of_it_is_whole(&self) -> Outcome {
        let file = self.upload("harbour.txt", "The night ferry leaves at twenty past nine.").await?;
        let stores = self.client.vector_stores();
        let store = stores.create(request(json!({ "name": "facts" }))).await?;
        let batches = stores.file_batches(&store.id);
        let mut batch = batches.create(request(json!({ "file_ids": [file] }))).await?;
        while batch.status == VectorStoreFileBatchStatus::InProgress {
            tokio::time::sleep(Duration::from_millis(20)).await;
            batch = batches.retrieve(&batch.id).await?;
        }
        equal(batch.file_counts.completed, 1)?;
        equal(batches.list_files(&batch.id).await?.data[0].id.clone(), file.clone())?;
        let files = stores.files(&store.id);
        equal(files.list().await?.data[0].status.clone(), VectorStoreFileStatus::Completed)?;
        equal(files.retrieve(&file).await?.id, file.clone())?;
        files.retrieve_file_content(&file).await?;
        equal(stores.retrieve(&store.id).await?.id, store.id.clone())?;
        stores.update(&store.id, request(json!({ "name": "more facts" }))).await?;
        stores.list().await?;
        let found = stores.search(&store.id, request(json!({ "query": "When does the ferry leave?" }))).await?;
        equal(found.data[0].filename.as_str(), "harbour.txt")?;
        equal(files.delete(&file).await?.deleted, true)?;
        // While it is in progress, a file has a field that the client does not know.
        equal(files.create(request(json!({ "file_id": file }))).await?.status, VectorStoreFileStatus::InProgress)?;
        equal(stores.delete(&store.id).await?.deleted, true)
    }
}

fn weather() -> Value {
    json!([{ "type": "function", "function": { "name": "get_weather", "description": "Tells the weather of a city." } }])
}

fn outputs_for(run: &RunObject, stream: bool) -> Outcome<SubmitToolOutputsRunRequest> {
    let action = run.required_action.as_ref().ok_or("nothing is asked for")?;
    let tool_outputs: Vec<Value> = action
        .submit_tool_outputs
        .tool_calls
        .iter()
        .map(|call| {
            let degrees = if call.function.arguments.contains("Paris") { "21 degrees" } else { "24 degrees" };
            json!({ "tool_call_id": call.id, "output": degrees })
        })
        .collect();
    Ok(request(json!({ "tool_outputs": tool_outputs, "stream": stream })))
}

macro_rules! run_cases {
    ($cases:ident, $failed:ident, $($case:ident),+ $(,)?) => {
        $(
            let name = stringify!($case).replace('_', " ");
            match $cases.$case().await {
                Ok(()) => println!("ok     {name}"),
                Err(error) => {
                    $failed += 1;
                    println!("FAILED {name} - {error}");
                }
            }
        )+
    };
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let cases = Cases { client: Client::new() };
    let mut failed = 0;
    run_cases!(
        cases,
        failed,
        a_run_is_created_polled_and_listed,
        a_thread_and_its_run_are_made_in_one_call_and_streamed,
        function_calls_stream_and_so_does_the_answer_to_their_outputs,
        function_calls_are_polled_and_their_outputs_submitted,
        the_code_interpreter_shows_its_program_and_what_it_printed,
        a_run_that_fails_one_that_ends_incomplete_and_one_that_is_cancelled_say_so,
        assistants_threads_and_messages_are_read_changed_listed_and_deleted,
        files_are_uploaded_whole_and_in_parts_read_back_listed_and_deleted,
        models_are_listed_and_read,
        a_vector_store_takes_files_is_searched_and_every_list_of_it_is_whole,
    );
    if failed > 0 {
        println!("{failed} cases failed");
        std::process::exit(1);
    }
}
